"""Reading the playbooks: one file an objection type, and the telephone's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from bot.coaching.playbook import ALLOWED_SLOTS, NEEDED_SLOTS, TONES, Playbook, Script, Version
from bot.coaching.taxonomy import LANGS, MAIN_METHODS, OBJECTION_TYPES, TECHNIQUES
from bot.coaching.wording import Text, slots_of
from bot.content import forms
from bot.content.nodes import Node, unique
from bot.content.schema import AUDIENCES, REJECTIONS, Receptionist, Rejection, Telephone

_LEAST_VERSIONS: Final = 3
_TELEPHONE_SLOTS: Final = frozenset({"product", "next"})
_FORMS: Final[Mapping[str, forms.Form]] = {
    method: forms.template(allowed) for method, allowed in ALLOWED_SLOTS.items()
}
_TELEPHONE_FORM: Final = forms.template(_TELEPHONE_SLOTS)


def read_playbook(node: Node, places: dict[str, str]) -> Playbook:
    """Read the playbook of one objection type; the places gather the ids of all versions."""
    fields = node.fields(("type", "methods"))
    expected = PurePosixPath(node.file).stem
    if fields["type"].string() != expected and not fields["type"].missing:
        fields["type"].fault("id_not_file", expected=expected)
    methods = fields["methods"].entries(TECHNIQUES, MAIN_METHODS)
    scripts = [_script(expected, method, entry, places) for method, entry in methods.items()]
    return Playbook(expected, tuple(sorted(scripts, key=lambda script: -script.fit)))


def read_telephone(node: Node) -> Telephone:
    """Read the telephone playbook: the seven rejections and the receptionist."""
    fields = node.fields(("rejections", "receptionist"))
    places: dict[str, str] = {}
    rejections: dict[str, Rejection] = {}
    for item in fields["rejections"].items(len(REJECTIONS)):
        rejection, name = _rejection(item)
        unique([(name, rejection.id)], places)
        rejections[rejection.id] = rejection
    if missing := [name for name in REJECTIONS if name not in rejections]:
        fields["rejections"].fault("key_missing", name=", ".join(missing))
    return Telephone(
        {name: rejections[name] for name in REJECTIONS if name in rejections},
        _receptionist(fields["receptionist"]),
    )


def _script(type_: str, method: str, node: Node, places: dict[str, str]) -> Script:
    fields = node.fields(("fit", "why", "beware", "follow_up", "versions"))
    versions = []
    for item in fields["versions"].items(_LEAST_VERSIONS):
        parts = item.fields(("id", "tone", *LANGS))
        unique([(parts["id"], parts["id"].id())], places)
        template = Text(**{lang: parts[lang].wording(_FORMS[method], lang) for lang in LANGS})
        _check_slots(method, item, template)
        versions.append(Version(str(parts["id"].value), parts["tone"].one_of(TONES), template))
    missing = [tone for tone in TONES if tone not in {version.tone for version in versions}]
    if missing and versions:
        fields["versions"].fault("tones", missing=", ".join(missing))
    return Script(
        type=type_,
        method=method,
        fit=fields["fit"].number(0, 1),
        why=fields["why"].text(forms.sentence),
        beware=fields["beware"].text(forms.sentence),
        follow_up=fields["follow_up"].text(forms.question),
        versions=tuple(versions),
    )


def _check_slots(method: str, item: Node, template: Text) -> None:
    """See that both languages use the same slots, those that carry the method's move among them."""
    used = {lang: set(slots_of(template.of(lang))) for lang in LANGS}
    if differ := used["zh"] ^ used["en"]:
        item.fault("slots_differ", found=", ".join(sorted(differ)))
    for slot in sorted(NEEDED_SLOTS[method] - used["zh"] - used["en"]):
        item.fault("slot_missing", name=slot)
    if method == "inquiry" and any(forms.asks(template.of(lang)) for lang in LANGS):
        item.fault("not_one_question")


def _rejection(node: Node) -> tuple[Rejection, Node]:
    texts = ("name", "move", "why", "beware", "follow_up")
    fields = node.fields(
        ("id", "types", "name", "sounds_like", "move", "why", "beware", "follow_up", "lines")
    )
    form_of = {"name": forms.label, "follow_up": forms.question}
    rejection = Rejection(
        id=fields["id"].one_of(REJECTIONS),
        types=fields["types"].names(OBJECTION_TYPES),
        sounds_like=fields["sounds_like"].lines(forms.sentence, least=3),
        lines=_audiences(fields["lines"], str(fields["id"].value)),
        **{name: fields[name].text(form_of.get(name, forms.sentence)) for name in texts},
    )
    return rejection, fields["id"]


def _audiences(node: Node, rejection: str) -> dict[str, tuple[Version, ...]]:
    fields = node.fields(AUDIENCES)
    return {
        audience: _versions(fields[audience], f"telephone-{rejection}-{audience}", 2)
        for audience in AUDIENCES
    }


def _receptionist(node: Node) -> Receptionist:
    fields = node.fields(("name", "move", "lines", "beware"))
    return Receptionist(
        name=fields["name"].text(forms.label),
        move=fields["move"].text(forms.sentence),
        beware=fields["beware"].text(forms.sentence),
        lines=_versions(fields["lines"], "telephone-receptionist", 3),
    )


def _versions(node: Node, stem: str, least: int) -> tuple[Version, ...]:
    lines = node.lines(_TELEPHONE_FORM, least, even=True)
    for place, (zh, en) in enumerate(zip(lines.zh, lines.en), 1):
        if differ := set(slots_of(zh)) ^ set(slots_of(en)):
            node.fault("slots_differ", found=f"{place}: " + ", ".join(sorted(differ)))
    return tuple(
        Version(f"{stem}-{place}", "", Text(zh, en))
        for place, (zh, en) in enumerate(zip(lines.zh, lines.en), 1)
    )
