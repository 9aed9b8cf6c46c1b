"""Markdown for a pull request: what is shown of others' text, and how much of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from builders import BREAKING, EXPAND, SETTINGS, app, facts, readings
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from minion.analyser.markdown import MOST, Section, document, section_of
from minion.operations.deploy.plan import make_plan
from minion.operations.deploy.report import markdown
from minion.operations.deploy.request import DeployRequest
from minion.text import code_in_markdown, in_markdown, plain

#: What must not ping, link, close or open anything.
HOSTILE = (
    "@octocat and @org/team, #1, GH-1, o/r#2, a@b.example",
    "</details></summary><script>alert(1)</script><!-- x",
    "![x](https://evil.example/x.png) [x]: https://evil.example www.evil.example",
    "``` `a` `` ~~~ ~~x~~ **b** _c_ | d | $e$ $`f`$",
    "- [ ] x",
    "1. x",
    "1) x",
    "+ x",
    "=== x",
    "# x",
    "> x",
    "/close",
    "&lt;b&gt; &#64;octocat &commat;octocat",
    "\\@octocat \\<b> \\",
    "a\n\n</details>\n@octocat\r\u202e\x1b[2J",
    "`",
    "``",
    " ` ",
    " a ",
    "@{557058:aaaa}",
)


class Rendered(HTMLParser):
    """The tags of some HTML, its text, and that part of its text which is in no code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = self.prose = ""
        self._in_code = False
        self.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))

    def handle_starttag(self, tag, attrs):
        assert not attrs, f"<{tag}> has {attrs}"
        self.tags.append(tag)
        self._in_code = tag == "code"

    def handle_endtag(self, tag):
        self._in_code = False

    def handle_data(self, data):
        self.text += data
        self.prose += "" if self._in_code else data


def seen(text):
    """`text` as a reader sees it, whatever the spaces."""
    return " ".join(text.replace("\u200b", "").split())


def assert_pings_nobody(prose):
    """As hosts find people and issues: in the text that was rendered, but for code."""
    assert not re.search(r"@[\w{]|#\d|\bGH-\d|!\d", prose, re.I), prose


def hostile(test):
    for text in HOSTILE:
        test = example(text)(test)
    return given(st.text(st.characters() | st.sampled_from("`*_<>&@#[]()!~|$\\-+=.:/ 1\n")))(test)


@hostile
def test_prose_is_shown_as_it_is(text):
    found = Rendered(f"* {in_markdown(text)} end")
    assert found.tags == ["ul", "li"]
    assert seen(found.text) == seen(f"{plain(text).strip()} end")
    assert_pings_nobody(found.prose)


@hostile
def test_a_name_is_shown_as_it_is(text):
    found = Rendered(f"* {code_in_markdown(text)}: end")
    assert found.tags in (["ul", "li", "code"], ["ul", "li"] if not text.strip() else [])
    assert seen(found.text) == seen(f"{plain(text) or '(empty)'}: end")
    assert_pings_nobody(found.prose)


def test_what_is_no_link_is_not_made_one():
    for text in (
        "https://evil.example",
        "HTTP://evil.example",
        "www.evil.example",
        "ftp://a.example",
    ):
        assert text.lower() not in in_markdown(text).lower()


def test_a_paragraph_of_the_report_becomes_a_section():
    said = "Migrations:\n\n* a_b.py: expand\n    t: locks it\n* c.py: <b>\n  ... and 2 more"
    assert section_of(said) == Section(
        "Migrations", ("a\\_b.py: expand; t: locks it", "c.py: &lt;b&gt;", "... and 2 more")
    )
    assert section_of("Read 3 of 3 operations.") == Section("Read 3 of 3 operations.", ())


def test_what_is_too_long_for_a_comment_is_cut_and_said():
    sections = [Section(f"Part {n}", tuple(["x" * 700] * 60)) for n in range(4)]
    said = document("plan", "A title", sections)
    assert 60_000 < len(said) <= MOST < 65_536
    assert said.count("<details>") == said.count("</details>") == 2
    assert re.search(r"^\* … and \d+ more$", said, re.M)
    assert "cut to what a comment can hold" in said
    assert "cut to" not in document("plan", "A title", sections[:1])


def test_a_long_line_is_cut_before_it_is_escaped():
    (line,) = section_of("Commits:\n\n* " + "@" * 70_000).lines
    assert len(line) < 10_000 and line.endswith("…")


def test_characters_are_counted_as_hosts_do():
    said = document("plan", "A title", [Section("Part", tuple(["\U0001f40e" * 700] * 60))])
    assert len(said.encode("utf-16-le")) // 2 <= MOST


def planned(*, promoted=False, **found_so):
    found = facts(
        app(**found_so),
        promoted=promoted,
        paths=("shop/migrations/0002_x.py", "@octocat/</details>.py"),
        readings=readings(EXPAND, BREAKING),
    )
    return make_plan(DeployRequest("live"), SETTINGS, found)


def test_a_plan_says_first_what_it_means():
    plan = planned(promoted=True)
    said = markdown(plan)
    head, _, folded = said.partition("<details>")
    assert head.startswith("<!-- minion plan -->\n### live: needs the maintenance page\n")
    assert "`my-app-123`: v423 (`0000000`) to `286ea45`" in head
    assert f"Plan `{plan.id}`" in head
    assert "* `shop/migrations/0003_x.py`: **breaking**: " in head
    assert "* Perhaps it can be two deployments without the page: fab split:000000000000" in head
    assert "<summary>Steps</summary>" in folded
    assert_pings_nobody(Rendered(re.sub(r"</?(details|summary)>", "", said)).prose)


def test_a_plan_that_is_refused_says_so_before_all_else():
    plan = planned(pending="a build is running")
    assert plan.refusals
    said = markdown(plan)
    assert said.splitlines()[1] == "### live: refused"
    assert said.index("Refused") < said.index("Plan `")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_whole_plan_holds_whatever_its_names_are(text):
    found = facts(
        app(),
        paths=(text, f"shop/migrations/{text}.py"),
        readings=readings(EXPAND),
        branch=text,
    )
    said = markdown(make_plan(DeployRequest("live"), SETTINGS, found))
    rendered = Rendered(re.sub(r"(?m)^</?details>$|^<summary>|</summary>$|^<!--.*-->$", "", said))
    assert set(rendered.tags) <= {"h3", "p", "ul", "li", "code", "strong"}
    assert_pings_nobody(rendered.prose)
