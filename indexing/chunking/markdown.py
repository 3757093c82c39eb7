"""Markdown as sites write it, as HTML: CommonMark with tables, and the dialects around it.

markdown-it-py and its plugins read what has a grammar (footnotes, definition lists, tasks, admonitions). What is no
Markdown at all is taken away first: front matter, MDX's imports and components, directives, attribute lists.
"""

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from itertools import pairwise

from markdown_it import MarkdownIt
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

_FRONT_MATTER = re.compile(
    r"\A\ufeff?\s*(?P<fence>---|\+\+\+|;;;)[ \t]*\r?\n(?P<body>.*?)\r?\n(?P=fence)[ \t]*(?:\r?\n|\Z)", re.DOTALL
)
_FRONT_LINE = re.compile(r"""[\w."'-]+\s*[:=]|[-#\s\[\]{}",]|\Z""")
_FENCE = re.compile(
    r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)", re.M | re.DOTALL
)
_ESM = re.compile(
    r"^(?:import\s+(?:[\w*{][^\n;]*?\s+from\s+)?['\"]|import\s*\{|export\s+(?:const|let|var|function|default|async|class|\{|\*))"
    r"(?:.*?)(?=\n[ \t]*\n|\Z|\n(?=import\s|export\s))",
    re.M | re.DOTALL,
)
_JSX_COMMENT = re.compile(r"\{/\*(?!\s*#).*?\*/\}|%%.*?%%", re.DOTALL)
_JSX_EXPRESSION = re.compile(r"\{(?:props|frontMatter|frontmatter|site|page|process|metadata|' '|\" \"|`)[^{}\n]*\}")
_TITLE_ATTRIBUTE = re.compile(r"""\b(?:title|label|summary|heading|header|question)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DIRECTIVE = re.compile(r"^[ \t]*:{3,}[ \t]*(?P<name>[\w-]*)[ \t]*(?P<title>[^\n]*)$", re.M)
_ALERT = re.compile(r"^(?P<quote>[ \t]*>[ \t]*)\[![A-Za-z]+\][-+]?[ \t]*(?P<title>.*)$", re.M)
_ATTRIBUTE_LINE = re.compile(r"^[ \t]*\{:?[ \t]*[#.:\w][^{}\n]*\}[ \t]*$", re.M)
_ATTRIBUTES = re.compile(r"(?<!\S)(?<!^)\{:(?!\s*#)[^{}\n]*\}|(?<=[)*_`\]])\{:?[ \t]*[.:][^{}\n]*\}", re.M)
_OWN_LINE_ID = re.compile(r"^(?P<heading>#{1,6}[ \t][^\n]*)\n[ \t]*\{:[ \t]*(?P<ids>#[^{}\n]*)\}[ \t]*$", re.M)
_CONTENTS = re.compile(r"^[ \t]*(?:\[\[_?toc_?\]\]|\[toc\]|\{:toc\}|\$\{toc\}|<!--\s*toc\s*-->)[ \t]*$", re.M | re.I)
_ABBREVIATION = re.compile(r"^\*\[[^\]\n]+\]:[^\n]*$", re.M)
_WIKI_LINK = re.compile(r"!?\[\[(?P<target>[^\[\]|\n]+)(?:\|(?P<label>[^\[\]\n]+))?\]\]")
_MARKED = re.compile(r"(?<![=\w])==(?=\S)([^=\n]+?)(?<=\S)==(?![=\w])")
_INSERTED = re.compile(r"(?<![+\w])\+\+(?=\S)([^+\n]+?)(?<=\S)\+\+(?![+\w])")
_LOWERED = re.compile(r"(?<=\w)~(\w{1,8})~(?!~)")
_RAISED = re.compile(r"(?<=\w)\^(\w{1,8})\^")
_EMOJI = re.compile(r"(?<![\w:/]):[a-z][a-z0-9_+-]{1,30}:(?![\w:/])")
_BLOCK_REFERENCE = re.compile(r"[ \t]\^[a-zA-Z0-9-]{4,}[ \t]*$", re.M)
_HEADING_ID = re.compile(
    r"[ \t]*(?:\{:?[ \t]*(?P<braced>[#.\-][^{}\n]*)\}|\{/\*[ \t]*(?P<comment>#[\w-]+)[ \t]*\*/\})[ \t]*$"
)
_ID = re.compile(r"#([^\s{}#]+)")


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for plugin in (footnote_plugin, deflist_plugin, tasklists_plugin, admon_plugin):
        parser.use(plugin)
    parser.core.ruler.after("inline", "heading_ids", _give_ids)
    return parser


def markdown_to_html(body: str) -> str:
    """A Markdown body as HTML, unsanitised; ids that the page gives to headings are kept."""
    rendered: str = _parser().render(_outside_fences(without_front_matter(body)))
    return rendered


def without_front_matter(body: str) -> str:
    """The body without YAML (`---`), TOML (`+++`) or JSON (`;;;`) in front; a rule that opens a text stays."""
    match = _FRONT_MATTER.match(body)
    if match is None or not all(_FRONT_LINE.match(line) for line in match["body"].splitlines()):
        return body
    is_data = match["fence"] != "---" or re.search(r"^[\w\"'-]+\s*:", match["body"], re.M) or not match["body"].strip()
    return body[match.end() :] if is_data else body


def _outside_fences(body: str) -> str:
    """The body without what is no Markdown; code keeps its letters."""
    pieces, position = [], 0
    for match in _FENCE.finditer(body):
        pieces += [_cleaned(body[position : match.start()]), match.group()]
        position = match.end()
    return "".join([*pieces, _cleaned(body[position:])])


def _cleaned(text: str) -> str:
    if "{" in text or "<" in text or "import" in text or "%%" in text:
        text = _without_mdx(text)
    if ":::" in text:
        text = _DIRECTIVE.sub(_directive, text)
    if "[!" in text:
        text = _ALERT.sub(lambda match: f"{match['quote']}{_bold(match['title'])}", text)
    if "{" in text:
        text = _OWN_LINE_ID.sub(r"\g<heading> {\g<ids>}", text)
        text = _ATTRIBUTES.sub("", _ATTRIBUTE_LINE.sub("", text))
    text = _CONTENTS.sub("", text)
    if "[[" in text:
        text = _WIKI_LINK.sub(
            lambda match: "" if match.group()[0] == "!" else (match["label"] or match["target"]), text
        )
    for pattern in (_MARKED, _INSERTED, _LOWERED):
        text = pattern.sub(r"\1", text)
    text = _RAISED.sub(r"<sup>\1</sup>", text)
    return _BLOCK_REFERENCE.sub("", _EMOJI.sub("", _ABBREVIATION.sub("", text)))


def _directive(match: re.Match[str]) -> str:
    """A line of colons: what it is called is the software's, what it is titled the reader's."""
    title = match["title"].strip()
    if title.startswith("["):
        title = title[1:].partition("]")[0]
    elif title.startswith("{"):
        found = _TITLE_ATTRIBUTE.search(title)
        title = (found[1] or found[2]) if found else ""
    return f"\n{_bold(title)}\n"


def _bold(title: str) -> str:
    return f"**{title.strip()}**\n" if title.strip() else ""


def _without_mdx(text: str) -> str:
    is_mdx = bool(_ESM.search(text)) or re.search(r"<[A-Z]\w*[\s/>.]", text) is not None
    text = _ESM.sub("", text)
    text = _JSX_COMMENT.sub("", text)
    if is_mdx:
        text = _JSX_EXPRESSION.sub("", text)
    return "".join(_without_components(text)) if is_mdx or "={" in text else text


def _without_components(text: str) -> Iterator[str]:
    """Tags of components taken away, of others their attributes in braces; a component's title is text."""
    position = 0
    while (start := text.find("<", position)) >= 0:
        yield text[position:start]
        end = _tag_end(text, start)
        tag = text[start:end]
        position = end
        if re.match(r"</?[A-Z]", tag):
            found = _TITLE_ATTRIBUTE.search(tag)
            title = (found[1] or found[2]) if found else ""
            yield f"\n\n**{escape(title)}**\n\n" if title else " " if "\n" not in tag else "\n"
        elif "={" in tag and re.match(r"</?[a-z]", tag):
            yield re.match(r"</?[\w-]+", tag).group() + ("/>" if tag.endswith("/>") else ">")  # type: ignore[union-attr]
        elif tag in {"<>", "</>"}:
            yield ""
        else:
            yield tag
    yield text[position:]


def _tag_end(text: str, start: int) -> int:
    """Behind the `>` of a tag that may hold quotes and braces; just behind the `<` where none is."""
    if not re.match(r"</?(?:[A-Za-z][^<]*)?>?", text[start : start + 40]) or text[start + 1 : start + 2].isspace():
        return start + 1
    quote, depth = "", 0
    for at in range(start + 1, min(start + 4_000, len(text))):
        character = text[at]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and (depth or text[at - 1] == "="):
            quote = character
        elif character in "{}":
            depth += 1 if character == "{" else -1
        elif character == ">" and depth <= 0 and text[at - 1] != "=":
            return at + 1
    return start + 1


def _give_ids(state: object) -> None:
    """Take `{#id}` from the end of a heading and give it to it."""
    tokens = state.tokens  # type: ignore[attr-defined]
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open" or not inline.children:
            continue
        last = inline.children[-1]
        match = _HEADING_ID.search(last.content) if last.type == "text" else None
        if match is None:
            continue
        last.content = last.content[: match.start()]
        if found := _ID.search(match["braced"] or match["comment"]):
            opening.attrSet("id", found[1])
