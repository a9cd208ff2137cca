"""The form of a chapter as a widget: it shows the fields, saves what comes in, and answers each save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crmworkbook.chapters import Chapter
from crmworkbook.client import Client, read_client
from crmworkbook.errors import ClientFileError, Conflict, SaveError
from crmworkbook.forms.fields import Fields
from crmworkbook.forms.grids import Grids
from crmworkbook.forms.messages import is_of_a_form
from crmworkbook.forms.score_file import FIELD as SCORE_FILE
from crmworkbook.forms.score_file import ScoreFile
from crmworkbook.forms.scores import FIELD as SCORES
from crmworkbook.forms.scores import Scoring
from crmworkbook.forms.spec import form_spec
from crmworkbook.forms.supported import Held, field_of, is_answered, part_shown, part_typed, spec_of, with_part
from crmworkbook.forms.votes import FIELD as VOTES
from crmworkbook.forms.votes import Votes
from crmworkbook.saving import Saved, save
from crmworkbook.text import Language, label

Reply = dict[str, Any]


class Form(Fields):
    """The form of one chapter.

    Attributes:
        spec: What is shown; `crmworkbook.forms.spec.form_spec`.
    """

    def __init__(
        self,
        chapter: Chapter,
        client: Client,
        language: Language,
        *,
        saved: Callable[[], None] = lambda: None,
    ) -> None:
        """Show the fields of *chapter*.

        Args:
            chapter: The chapter.
            client: Whose answers stand in the fields.
            language: Of the screen.
            saved: Called after something was saved.
        """
        self.chapter, self.path, self.language = chapter, client.path, language
        self.saved = saved
        self.held: dict[str, Held] = {}  # what the screen has seen of each answer and assumption
        self.grids = Grids(chapter, client.path, language)
        self.scoring = Scoring(chapter, client.path, language)
        self.score_file, self.votes = ScoreFile(client.path, language), Votes(client.path, language)
        super().__init__(spec=self._read(client))
        self.on_msg(self._hear)

    def _read(self, client: Client) -> dict[str, Any]:
        """What the form shows of *client*, remembered as seen."""
        asked = [f"{self.chapter.id}.{question.id}" for question in self.chapter.questions]
        self.held = {f"answer:{key}": client.file.answers.get(key) for key in asked}
        assumed = [spec.id for spec in self.chapter.assumptions]
        self.held |= {f"assumption:{name}": client.file.assumptions.get(name) for name in assumed}
        return form_spec(self.chapter, client, self.language, self.grids.read(client))

    def refresh(self, client: Client) -> None:
        """Show what the client folder holds now, except where somebody is typing."""
        spec = self._read(client)
        values: list[Any] = []
        for field in (field for group in spec["groups"] for field in group["fields"]):
            if field["control"] == "table":
                news = {"rows": field["rows"], "columns": field["columns"], "gently": True}
                self.send({"type": "rows", "address": [field["id"]], **news})
            elif field["control"] in ("scores", "votes"):
                news = {key: field[key] for key in ("scored", "ballots") if key in field}
                self.send({"type": "part", "field": field["id"], "what": "refresh", **news})
            elif "value" in field:
                values.append([[field["id"], "value"], field["value"]])
                values += [[[field["id"], part], field["support"][part]] for part in ("source", "confidence")]
        self.send({"type": "values", "values": values, "open": spec["open"]})

    # what comes in

    def knows(self, message: Any) -> bool:
        """Whether a form sends messages such as *message*."""
        return is_of_a_form(message)

    def heed(self, message: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """Save, answer, or bring the screen up to date."""
        match message["type"]:
            case "ping":
                self.send({"type": "pong", "n": message["n"]})
            case "refresh":
                self._refresh()
            case "ask":
                self._meet(message, bytes(buffers[0]) if buffers else b"")
            case "save":
                self.send({"type": "reply", "address": message["address"], **self._answer(message)})
            case "row" | "remove_row":
                self._change_rows(message)

    def _answer(self, message: Mapping[str, Any]) -> Reply:
        """Save one field, source, confidence or cell; what to tell the screen."""
        try:
            outcome, value = self._save(message)
        except Conflict as error:
            return {"state": "conflict", **self._theirs(message["address"], error.theirs)}
        except SaveError as error:
            return {"state": "invalid", "message": error.words[self.language]}
        except ClientFileError as error:
            return {"state": "invalid", "message": str(error)}
        if outcome.changed:
            self.saved()
        waiting = sum(not is_answered(held) for address, held in self.held.items() if address.startswith("answer:"))
        return {"state": "saved", "value": value, "at": clock(outcome), "open": waiting}

    def _save(self, message: Mapping[str, Any]) -> tuple[Saved, Any]:
        address, typed, seen_shown = message["address"][0], message["value"], message["seen"]
        if address.startswith("table:"):
            at, column = message["address"][1:]
            return self.grids.save_cell(address, at, column, typed, seen_shown)
        if address.startswith(SCORES):
            return self.scoring.save(message["address"], typed, seen_shown)
        part, kind, seen = message["address"][1], spec_of(address).kind, self.held[address]
        if not _same(
            part_shown(seen, part, kind, self.language), seen_shown
        ):  # another window of this kernel was first
            seen = with_part(seen, address, part, part_typed(seen_shown, part, kind, self.language), self.language)
        new = with_part(seen, address, part, part_typed(typed, part, kind, self.language), self.language)
        outcome = save(self.path, field_of(address), new, seen=seen)
        self.held[address] = outcome.value
        return outcome, part_shown(outcome.value, part, kind, self.language)

    def _theirs(self, address: list[Any], theirs: Any) -> Reply:
        """What stands there now after somebody else's save; from here on it counts as seen."""
        if address[0].startswith("table:"):
            value = self.grids.cell_now(*address)
            return {"theirs": value, "shown": value}
        if address[0].startswith(SCORES):
            return {"theirs": self.scoring.now(address)}
        self.held[address[0]] = theirs
        spec = spec_of(address[0])
        value = part_shown(theirs, address[1], spec.kind, self.language)
        keys = value if isinstance(value, list) else [value]
        words = [spec.options[key][self.language] if key in spec.options else str(key) for key in keys]
        return {"theirs": value, "shown": ", ".join(words)}

    def _meet(self, message: Mapping[str, Any], data: bytes) -> None:
        """Answer what people do together: score, read a file of scores, vote."""
        field, outcome = message["field"], None
        reply: Reply = {"type": "part", "field": field, "what": message["what"]}
        try:
            if field == SCORE_FILE:
                told, outcome = self.score_file.hear(message, data)
                reply |= told
            elif field == VOTES:
                told, outcome = self.votes.hear(message)
                reply |= told | {"ballots": self.votes.ballots(self.votes.rows())}
            else:
                reply |= self.scoring.hear(message) | {"scored": self.scoring.scored(field.removeprefix(SCORES))}
        except SaveError as error:
            reply["fault"] = error.words[self.language]
        if outcome is not None:
            reply["at"] = label("form.saved", self.language).format(at=clock(outcome))
        self.send(reply)
        if outcome is not None and outcome.changed:
            self._refresh()
            self.saved()

    def _change_rows(self, message: Mapping[str, Any]) -> None:
        """Add a row that somebody filled in, or take one out."""
        name = message["address"][0].partition(":")[2]
        try:
            if message["type"] == "row":
                if missing := self.grids.missing(name, message["value"]):
                    words = label("form.still_needed", self.language).format(columns=", ".join(missing))
                    self.send({"type": "told", "n": message["n"], "state": "waiting", "message": words})
                    return
                outcome, key = self.grids.add_row(name, message["value"]), "saved"
            else:
                outcome, key = self.grids.remove_row(name, message["row"]), "removed"
        except SaveError as error:
            self._tell(message["n"], "invalid", error.words[self.language])
            return
        self.send({"type": "rows", "address": message["address"], "rows": self.grids.shown(name)})
        self._tell(message["n"], "saved", label(f"form.{key}", self.language).format(at=clock(outcome)))
        self.saved()

    def _refresh(self) -> None:
        """Show what another browser or an editor changed; a file that is broken just now changes nothing."""
        try:
            self.refresh(read_client(self.path))
        except ClientFileError as error:
            self.send({"type": "values", "values": [], "fault": str(error)})

    def _tell(self, number: int, state: str, words: str) -> None:
        self.send({"type": "told", "n": number, "state": state, "message": words})


def _same(one: Any, other: Any) -> bool:
    return one == other or (not one and not other)


def clock(outcome: Saved) -> str:
    """When something was saved."""
    return outcome.at.strftime("%H:%M:%S")
