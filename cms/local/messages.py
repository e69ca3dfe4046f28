"""Translation catalogues, in Python alone: a bare machine has none of gettext's tools.

`python -m cms.local.messages update` brings `locale/fr/LC_MESSAGES/django.po` in line with the sources,
`check` says what is missing in it, `compile` makes the .mo files that Django reads.
"""

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib

from cms.local.installation import BASE_DIR

LANGUAGES = ("fr",)
# Function → which of its arguments are context, text, plural.
CALLS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), ("text",)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), ("text", "plural")),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ("context", "text")),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ("context", "text", "plural")),
}
TRANSLATORS = "Translators:"
PLACEHOLDER = re.compile(r"%\(\w+\)[sdif]|%[sd]|\{\w*\}")
LITERAL = r"""u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
TEMPLATE_CALL = re.compile(rf"\b({'|'.join(sorted(CALLS, key=len, reverse=True))})\(((?:\s*{LITERAL}\s*,?)+)")
Key = tuple[str | None, str]


@dataclass
class Message:
    """A text to translate, and where it stands."""

    text: str
    context: str | None = None
    plural: str | None = None
    comment: str = ""
    files: set[str] = field(default_factory=set)

    @property
    def key(self) -> Key:
        """What identifies it in a catalogue."""
        return self.context, self.text


def extract(root: Path) -> dict[Key, Message]:
    """All texts to translate in the rooms under `root`, in a stable order."""
    found: dict[Key, Message] = {}
    for path in sources(root):
        content = path.read_text()
        messages = from_python(content) if path.suffix == ".py" else from_template(content)
        for message in messages:
            known = found.setdefault(message.key, message)
            known.files.add(path.relative_to(root).as_posix())
            known.plural = known.plural or message.plural
            known.comment = known.comment or message.comment
    return dict(sorted(found.items(), key=lambda item: (min(item[1].files), item[0][1], item[0][0] or "")))


def sources(root: Path) -> list[Path]:
    """Python files and templates of every room: each folder with an `apps.py`."""
    rooms = sorted(path.parent for path in root.glob("*/apps.py"))
    return [
        path
        for room in rooms
        for path in sorted(room.rglob("*"))
        if (path.suffix == ".py" and not {"migrations", "local", "tests"} & set(path.relative_to(room).parts))
        or (path.suffix in (".html", ".txt", ".mjml") and "templates" in path.parts)
    ]


def from_python(content: str) -> Iterator[Message]:
    """Texts in Python source, with the `# Translators:` comment above them."""
    lines = content.splitlines()
    for node in ast.walk(ast.parse(content)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        parts = CALLS.get(name, ())
        texts = [arg.value for arg in node.args[: len(parts)] if isinstance(arg, ast.Constant)]
        if parts and len(texts) == len(parts) and all(isinstance(text, str) for text in texts):
            above = lines[node.lineno - 2].strip().lstrip("# ") if node.lineno > 1 else ""
            comment = above if above.startswith(TRANSLATORS) else ""
            yield Message(**dict(zip(parts, texts, strict=True)), comment=comment)  # type: ignore[arg-type]


def from_template(content: str) -> Iterator[Message]:
    """Texts in a Django template."""
    from django.utils.translation.template import templatize

    for name, arguments in TEMPLATE_CALL.findall(templatize(content)):
        texts = [ast.literal_eval(literal) for literal in re.findall(LITERAL, arguments)]
        parts = CALLS[name]
        if len(texts) >= len(parts):
            yield Message(**dict(zip(parts, texts, strict=False)))


def catalogue_path(root: Path, language: str) -> Path:
    """Where a language's catalogue is."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def update(root: Path) -> None:
    """Add new texts to the catalogues and drop those that are gone; translations stay."""
    messages = extract(root)
    for language in LANGUAGES:
        path = catalogue_path(root, language)
        known = {(e.msgctxt, e.msgid): e for e in polib.pofile(str(path))} if path.exists() else {}
        catalogue = polib.POFile(wrapwidth=100)
        catalogue.metadata = {
            "Language": language,
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": "nplurals=2; plural=(n > 1);",
        }
        for message in messages.values():
            old = known.get(message.key)
            entry = polib.POEntry(
                msgid=message.text,
                msgctxt=message.context,
                comment=message.comment,
                # No line numbers: they would change in every commit.
                occurrences=[(file, "") for file in sorted(message.files)],
                flags=["python-format"] if "%" in message.text and PLACEHOLDER.search(message.text) else [],
            )
            if message.plural:
                entry.msgid_plural = message.plural
                entry.msgstr_plural = (old.msgstr_plural if old else None) or {0: "", 1: ""}
            else:
                entry.msgstr = old.msgstr if old else ""
            if old and old.fuzzy:
                entry.flags.append("fuzzy")
            catalogue.append(entry)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(path))
        print(f"{path.relative_to(root)}: {len(catalogue)} texts, {len(catalogue.untranslated_entries())} untranslated")


def check(root: Path) -> list[str]:
    """What is wrong with the catalogues, a line each; empty if nothing is."""
    messages = extract(root)
    wrong = []
    for language in LANGUAGES:
        path = catalogue_path(root, language)
        entries = {(e.msgctxt, e.msgid): e for e in polib.pofile(str(path))} if path.exists() else {}
        for key, message in messages.items():
            if key not in entries:
                wrong.append(f"{language}: not in the catalogue: {message.text!r} ({min(message.files)})")
        for key, entry in entries.items():
            translations = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
            if key not in messages:
                wrong.append(f"{language}: nowhere in the sources: {entry.msgid!r}")
            elif entry.fuzzy:
                wrong.append(f"{language}: marked as unsure: {entry.msgid!r}")
            elif not all(translations):
                wrong.append(f"{language}: not translated: {entry.msgid!r}")
            elif not entry.msgid_plural and placeholders(entry.msgid) != placeholders(entry.msgstr):
                wrong.append(f"{language}: placeholders differ: {entry.msgid!r} → {entry.msgstr!r}")
    return wrong


def placeholders(text: str) -> list[str]:
    """The parts of a text that code fills in."""
    return sorted(PLACEHOLDER.findall(text))


def compile_catalogues(root: Path = BASE_DIR) -> None:
    """Make each .mo that is missing or older than its .po."""
    for language in LANGUAGES:
        source = catalogue_path(root, language)
        target = source.with_suffix(".mo")
        if source.exists() and (not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns):
            unfinished = target.with_name(f".{target.name}.{os.getpid()}")
            polib.pofile(str(source)).save_as_mofile(str(unfinished))
            unfinished.replace(target)


def main() -> int:
    """One of the three commands; 1 if `check` finds anything."""
    match sys.argv[1:]:
        case ["update"]:
            update(BASE_DIR)
        case ["compile"]:
            compile_catalogues()
        case ["check"]:
            wrong = check(BASE_DIR)
            print("\n".join(wrong), file=sys.stderr)
            if wrong:
                print(f"{len(wrong)} wrong; `make messages` brings the catalogue up to date.", file=sys.stderr)
            return 1 if wrong else 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
