// Starts json-server as its own documentation shows for use as a module, on a free port that it prints.
const jsonServer = require("json-server");
const server = jsonServer.create();
server.use(jsonServer.defaults({ logger: false }));
server.use(jsonServer.router(process.argv[2]));
const listening = server.listen(0, "127.0.0.1", () => console.log("listening on 127.0.0.1:" + listening.address().port));
