// Starts AIMock, the module at the path of the first argument, on a free port that it prints; the second is what it says.
//
// What it answers depends on the last word of the prompt.  `cut-N` ends the stream cleanly after N chunks.
import { pathToFileURL } from "node:url";
const { LLMock } = await import(pathToFileURL(process.argv[2]).href);

const WHOLE = process.argv[3];
const RECORD = JSON.stringify({ city: "Paris", inhabitants: 2102650 });
const most = (asked) => asked.max_tokens ?? asked.max_completion_tokens ?? asked.max_output_tokens ?? 0;
const last = (asked) => {
  const { content } = asked.messages.at(-1);
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
};

const server = new LLMock({ port: 0, host: "127.0.0.1", chunkSize: 12, logLevel: "silent" });
const says = (word, response, options) =>
  server.on({ predicate: (asked) => last(asked).split(/\s+/).at(-1) === word }, response, options);

says("whole", { content: WHOLE });
says("record", { content: RECORD });
says("faces", { content: "." + "\u{1F600}".repeat(20) });
says("refused", { content: "I cannot help with that.", finishReason: "content_filter" });
says("short", { content: "The harbour", finishReason: "length" });
server.on(
  { predicate: (asked) => last(asked).endsWith("tight") && most(asked) < 400 },
  { content: "The harbour", finishReason: "length" },
);
says("tight", { content: WHOLE });
says("odd", { content: WHOLE, finishReason: "a_reason_never_seen" });
says("tool", { toolCalls: [{ name: "harbour", arguments: '{"open":true}' }] });
says("over", { error: { message: "Overloaded", type: "overloaded_error" }, status: 529 });
says("busy", { error: { message: "Slow down", type: "rate_limit_error" }, status: 429, retryAfter: 7 });
for (let chunks = 0; chunks < 16; chunks++) {
  says(`cut-${chunks}`, { content: WHOLE }, { truncateAfterChunks: chunks, latency: 1 });
}
says("late", { content: WHOLE }, { latency: 100, disconnectAfterMs: 250 });

await server.start();
console.log("listening on " + new URL(server.url).host);
