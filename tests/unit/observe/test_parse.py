"""What is kept of an answer of ECS, and what is not."""

import pytest

from tests.support.aws import api_definition
from tests.support.situations import (
    NEW_CODE,
    OLD_CODE,
    VOLUME,
    contender,
    holder,
    new_task,
    successor,
)
from unwedge.model.service import Task
from unwedge.observe import definitions, parse


class TestParse:
    def test_neither_environment_nor_command_line_is_kept(self) -> None:
        """Only the data directory is taken from the command."""
        parsed = definitions.task_definition(api_definition(NEW_CODE))
        assert "never kept" not in repr(parsed)
        assert "config.file" not in repr(parsed)
        spec = parsed.spec("prometheus")
        assert spec is not None
        assert spec.data_path == "/prometheus"

    def test_the_volume_identity_is_file_system_access_point_and_root(self) -> None:
        """One lock file needs all three alike."""
        one, other = (definitions.task_definition(api_definition(code)) for code in (NEW_CODE, OLD_CODE))
        apart = definitions.task_definition(api_definition(NEW_CODE, "fsap-2"))
        volumes = [
            {mount.volume for spec in item.containers for mount in spec.mounts} for item in (one, other)
        ]
        assert volumes == [{VOLUME}, {VOLUME}]
        assert {mount.volume for spec in apart.containers for mount in spec.mounts} == {"fs-0abc:fsap-2:/"}

    @pytest.mark.parametrize("task", [holder(), contender(), new_task(), successor()])
    def test_a_task_reads_back_as_it_was_shown(self, task: Task) -> None:
        """API shape in, model out."""
        from tests.support.aws import api_task

        assert parse.task(api_task(task)) == task
