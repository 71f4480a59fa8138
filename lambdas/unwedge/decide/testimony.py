"""What the tasks of one situation have said of themselves: which of their words count, and what they explain.

Pure. A task's own log, as much of it as was read, is all that speaks for it.
"""

from dataclasses import dataclass

from unwedge.decide.catalogue.programs import program_of
from unwedge.decide.grips import keeps_known_data, may_take
from unwedge.decide.life import last_life
from unwedge.decide.signatures import Doubt, Evidence, find_doubt, find_evidence
from unwedge.model.log import ContainerLog, LogStatus
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation
from unwedge.model.task_definition import ContainerSpec


@dataclass(frozen=True)
class Testimony:
    """The words of the tasks of one situation."""

    situation: Situation
    settings: Settings

    def evidence_of(self, task: Task) -> Evidence | None:
        """The lock line with which a container of this task that takes the lock ended by itself."""
        life = last_life(task, self.situation.observed_at)
        return find_evidence(self._words_of(task), life, task.exit_codes, self._images_of(task))

    def doubt_about(self, task: Task) -> Doubt | None:
        """A line of such a container that has the lock error's text and cannot count as evidence."""
        if self.evidence_of(task) is not None:
            return None
        life = last_life(task, self.situation.observed_at)
        return find_doubt(self._words_of(task), life, task.exit_codes, self._images_of(task))

    def _images_of(self, task: Task) -> dict[str, str]:
        """The images of a task's containers, by the containers' names."""
        definition = self.situation.definition_of(task)
        return {spec.name: spec.image for spec in definition.containers} if definition else {}

    def _words_of(self, task: Task) -> list[ContainerLog]:
        """The logs whose words count: of containers that may take a lock which others can take too."""
        definition = self.situation.definition_of(task)
        if definition is None:
            return []
        found = []
        for log in self.situation.logs_of(task):
            spec = definition.spec(log.container)
            if spec and spec.shares and may_take(spec, definition.containers):
                found.append(log)
        return found

    def failed_beside_others(self, task: Task) -> bool:
        """Whether a container that failed shares a volume, or may have: that is not known."""
        definition = self.situation.definition_of(task)
        failed = [item.name for item in task.containers if item.exit_code not in (None, 0)]
        if definition is None or not failed:
            return True
        return any(spec.shares for spec in definition.containers if spec.name in failed)

    def runs_a_known_program(self, task: Task) -> bool:
        """Whether a container of this task starts a program that a signature is of."""
        definition = self.situation.definition_of(task)
        return definition is None or any(_has_signature(spec) for spec in definition.containers)

    def program_without_signature(self, task: Task) -> str | None:
        """The program of a container that can write beside others, where the catalogue knows it and not how
        it speaks of a lock."""
        definition = self.situation.definition_of(task)
        specs = definition.containers if definition else ()
        known = (program_of(spec.image) for spec in specs if spec.shares)
        return next((entry.program for entry in known if entry and not entry.signature), None)

    def explained(self, task: Task) -> bool:
        """Whether the task's own log says why it failed, and no line that could change that is still due."""
        if self.evidence_of(task):
            return True
        if not self.spoke(task):
            return False
        missing = any(
            log.status in (LogStatus.EMPTY, LogStatus.MISSING) for log in self.situation.logs_of(task)
        )
        # With an incident open, the first lines of a start must not pass for all of them.
        partial = self.situation.incident is not None and self.age(task) < self.settings.last_lines
        return not partial and not (missing and self.age(task) < self.settings.evidence_patience)

    def spoke(self, task: Task) -> bool:
        """Its log could be read and says something, of the lock or not: the newest failure speaks."""
        return any(log.lines for log in self.situation.logs_of(task))

    def age(self, task: Task) -> float:
        """Seconds since the task failed; 0 when that is unknown or, by clock skew, ahead."""
        if task.failed_at is None:
            return 0.0
        return max(0.0, (self.situation.observed_at - task.failed_at).total_seconds())


def _has_signature(spec: ContainerSpec) -> bool:
    """Whether its image, or else its command, says that it starts a program that a signature is of."""
    known = program_of(spec.image)
    return bool(known.signature) if known else keeps_known_data(spec)
