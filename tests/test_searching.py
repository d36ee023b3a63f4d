"""The right tool among a thousand, asked for in plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.many import tools
from tests.served import contract
from unabridged.schemas.contract import Contract
from unabridged.server.searching import Index, stem, words

QUESTIONS = [
    ("create a pull request", {"pulls_create"}),
    ("merge a PR", {"pulls_merge"}),
    ("who reviewed this pull request", {"pulls_list_reviews"}),
    ("request reviewers for a pull request", {"pulls_request_reviewers"}),
    ("which files did a pull request change", {"pulls_list_files"}),
    ("write a comment on an issue", {"issues_create_comment"}),
    ("all comments of an issue", {"issues_list_comments"}),
    ("add labels to an issue", {"issues_add_labels"}),
    ("lock the conversation of an issue", {"issues_lock"}),
    ("create an issue", {"issues_create"}),
    ("create a milestone", {"issues_create_milestone"}),
    ("delete a repo", {"repos_delete"}),
    ("fork a repository", {"repos_create_fork"}),
    ("branches of a repository", {"repos_list_branches"}),
    ("protect a branch", {"repos_update_branch_protection", "repos_get_branch_protection"}),
    ("read the content of a file", {"repos_get_content"}),
    ("write a file into a repository", {"repos_create_or_update_file_contents"}),
    ("compare two commits", {"repos_compare_commits", "repos_compare_commits_with_basehead"}),
    ("get the latest release", {"repos_get_latest_release"}),
    ("upload an asset of a release", {"repos_upload_release_asset"}),
    ("rerun a failed workflow", {"actions_re_run_workflow_failed_jobs", "actions_re_run_workflow"}),
    ("trigger a workflow dispatch", {"actions_create_workflow_dispatch"}),
    ("secrets of a repository's actions", {"actions_list_repo_secrets"}),
    ("search code", {"search_code"}),
    ("members of an organization", {"orgs_list_members"}),
    ("invite a member to an organization", {"orgs_create_invitation"}),
    ("dependabot alerts of a repository", {"dependabot_list_alerts_for_repo"}),
    ("my rate limit", {"rate_limit_get"}),
    ("webhooks of a repository", {"repos_list_webhooks"}),
    ("create a gist", {"gists_create"}),
    ("mark notifications as read", {"activity_mark_notifications_as_read"}),
]

VAGUE = [
    ("open a new issue", {"issues_create"}),
    ("list the open pull requests of a repository", {"pulls_list"}),
    ("assign someone to an issue", {"issues_add_assignees"}),
    ("star a repository", {"activity_star_repo_for_authenticated_user"}),
    ("who follows a user", {"users_list_followers_for_user"}),
]
"""Questions of which many tools are about as much."""


@pytest.fixture(scope="module")
def index() -> Index:
    promises = [
        contract(
            tool["name"],
            title=tool["title"],
            description=tool["description"],
            tags=tuple(tool["tags"]),
            input=tool["input"],
            effects=tool["effects"],
        )
        for tool in tools()
    ]
    assert len(promises) > 1_000
    return Index(sorted(promises, key=lambda promise: promise.name))


def names(found: tuple[Contract, ...]) -> list[str]:
    return [one.name for one in found]


@pytest.mark.requirement("M12")
@pytest.mark.parametrize(("question", "right"), QUESTIONS)
def test_the_right_tool_is_among_the_first_three(question: str, right: set[str], index: Index) -> None:
    found = names(index.search(question).tools)
    assert right & {*found[:3]}, found[:8]


@pytest.mark.parametrize(("question", "right"), VAGUE)
def test_the_right_tool_for_a_vague_question_is_among_the_first_ten(
    question: str, right: set[str], index: Index
) -> None:
    assert right & {*names(index.search(question).tools)[:10]}


def test_a_tool_is_found_first_by_its_own_name(index: Index) -> None:
    for name in ("repos_get", "issues_list", "actions_list_repo_secrets", "meta_root"):
        assert names(index.search(name).tools)[0] == name


def test_a_misspelled_name_leads_to_the_right_one(index: Index) -> None:
    assert "repos_get_latest_release" in index.near("repos_get_lastest_release")
    assert "pulls_list_reviews" in index.near("pulls-listReviews")


# ------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("repository", "repositories"),
        ("branch", "branches"),
        ("merge", "merging"),
        ("delete", "deletion"),
        ("deploy", "deployments"),
        ("archive", "archived"),
        ("class", "classes"),
        ("box", "boxes"),
        ("tag", "tagging"),
        ("invite", "inviting"),
        ("create", "creation"),
        ("invite", "invitation"),
        ("validate", "validation"),
        ("configure", "configuration"),
    ],
)
def test_forms_of_a_word_are_one(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("comment", "command"), ("user", "use"), ("issue", "is"), ("status", "stats")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("listForUser", ["list", "for", "user"]),
        ("list_for-user", ["list", "for", "user"]),
        ("HTTPServer2 v1", ["http", "server2", "v1"]),
        ("naïve ÜBER", ["naïve", "über"]),
        ("", []),
    ],
)
def test_names_are_taken_apart(text: str, parts: list[str]) -> None:
    assert list(words(text)) == parts


# ------------------------------------------------------------------------------------------- laws


def few() -> Index:
    return Index(
        [
            contract("get_ticket", description="One ticket of the desk."),
            contract("list_tickets", description="All tickets of the desk.", tags=("billing",)),
            contract("remove_user", description="Takes an account away."),
        ]
    )


@given(st.text())
def test_no_question_fails(question: str) -> None:
    hits = few().search(question)
    assert len(hits.tools) <= 3
    assert not (hits.tools and (hits.general or hits.near))


def test_of_a_question_of_any_length_a_few_words_are_compared_with_all_that_there_are() -> None:
    index, unknown = few(), [f"zq{number:04}" for number in range(40)]
    assert index.search(" ".join(["tickest", *unknown])).near != ()
    assert index.search(" ".join([*unknown, "tickest"])).near == ()


def test_a_rarer_word_weighs_more() -> None:
    rare = [contract("a", description="apple"), *(contract(f"b{n}", description="pear") for n in range(5))]
    assert names(Index(rare).search("pear apple").tools)[0] == "a"


def test_a_word_that_means_the_same_finds_a_tool_and_the_word_itself_finds_it_better() -> None:
    assert names(few().search("delete user").tools)[0] == "remove_user"
    both = Index([contract("delete_a", description="x"), contract("remove_a", description="x")])
    assert names(both.search("remove").tools) == ["remove_a", "delete_a"]


def test_a_tag_finds_its_tools() -> None:
    assert names(few().search("billing").tools) == ["list_tickets"]


def test_a_tool_without_parameters_or_words_does_no_harm() -> None:
    odd = Index([contract("x", description="!", input={"properties": 7}), contract("y", description="y", input={})])
    assert names(odd.search("y").tools) == ["y"]
    assert Index([]).search("anything").tools == ()
