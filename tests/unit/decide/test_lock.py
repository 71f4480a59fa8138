"""Where a container's lock lies, and when two locks are the same."""

from dataclasses import replace

import pytest

from tests.support.situations import definition, holder
from unwedge.decide.catalogue.programs import default_data_path
from unwedge.decide.lock import Lock, lock_of, relation
from unwedge.model.grip import Relation
from unwedge.model.task_definition import ContainerSpec, Mount, Storage

EFS = "fs-0abc:no-access-point:/"
POINT = "fs-0abc:fsap-1:/"
TASK, OTHER = holder(), replace(holder(), arn=holder().arn + "2")


def spec(path: str | None = "/prometheus", *mounts: Mount, **changes: object) -> ContainerSpec:
    """A container with its data here and these mounts."""
    known = definition("x").containers[1]
    return replace(known, data_path=path, mounts=mounts or (Mount("/prometheus", EFS),), **changes)  # type: ignore[arg-type]


def compared(one: ContainerSpec, other: ContainerSpec) -> Relation:
    """The locks of two tasks, which compare the same both ways."""
    found = relation(lock_of(TASK, one), lock_of(OTHER, other))
    assert relation(lock_of(OTHER, other), lock_of(TASK, one)) is found
    return found


class TestDirectory:
    def test_two_directories_of_one_mount_are_two_locks(self) -> None:
        """Two services may share a mount and keep their data below it."""
        mount = Mount("/efs", EFS)
        assert compared(spec("/efs/prom-a", mount), spec("/efs/prom-b", mount)) is Relation.DIFFERENT
        assert compared(spec("/efs/prom-a", mount), spec("/efs/prom-a/", mount)) is Relation.SAME
        assert compared(spec("/efs/a/../b", mount), spec("/efs/b", mount)) is Relation.SAME

    def test_the_same_directory_by_another_mount_point_is_the_same_lock(self) -> None:
        """What counts is the place in the file system."""
        assert compared(spec("/a/data", Mount("/a", EFS)), spec("/b/data", Mount("/b", EFS))) is Relation.SAME

    def test_a_root_directory_and_a_path_below_the_root_meet(self) -> None:
        """Without access points both begin at the file system's own root."""
        below = spec("/p", Mount("/p", "fs-0abc:no-access-point:/prom"))
        assert compared(below, spec("/efs/prom", Mount("/efs", EFS))) is Relation.SAME
        assert compared(below, spec("/efs/other", Mount("/efs", EFS))) is Relation.DIFFERENT

    @pytest.mark.parametrize("storage", [Storage.HOST, Storage.TASK, Storage.DOCKER])
    def test_the_longest_mount_wins_whatever_its_kind(self, storage: Storage) -> None:
        """Only the configuration may lie on the network."""
        mounts = (Mount("/", EFS), Mount("/prometheus", "", storage), Mount("/prometheus-2", EFS))
        task = replace(TASK, container_instance="arn:instance")
        assert lock_of(task, spec("/prometheus/data", *mounts)).storage is storage

    def test_a_name_that_only_begins_alike_is_no_prefix(self) -> None:
        """/prometheus is not around /prometheus-config."""
        found = lock_of(TASK, spec("/prometheus-config", Mount("/prometheus", EFS)))
        assert found.storage is Storage.TASK

    def test_data_under_no_mount_is_on_the_containers_own_disk(self) -> None:
        """Nobody shares it, whatever else is mounted."""
        own = spec("/data", Mount("/config", EFS))
        assert compared(own, own) is Relation.DIFFERENT
        assert "of its own" in str(lock_of(TASK, own))


class TestIdentity:
    def test_two_file_systems_are_two_locks(self) -> None:
        """Whatever the paths."""
        other = spec("/prometheus", Mount("/prometheus", "fs-0def:no-access-point:/"))
        assert compared(spec(), other) is Relation.DIFFERENT

    def test_two_access_points_may_begin_at_one_directory(self) -> None:
        """A task definition does not say where an access point begins."""
        one = spec("/prometheus", Mount("/prometheus", POINT))
        assert compared(one, one) is Relation.SAME
        for volume in ("fs-0abc:fsap-2:/", EFS):
            assert compared(one, spec("/prometheus", Mount("/prometheus", volume))) is Relation.UNKNOWN

    def test_one_access_point_with_two_directories_is_two_locks(self) -> None:
        """Below the same beginning paths can be compared."""
        mount = Mount("/efs", POINT)
        assert compared(spec("/efs/a", mount), spec("/efs/b", mount)) is Relation.DIFFERENT

    def test_a_host_path_belongs_to_one_container_instance(self) -> None:
        """On another instance it may be the same network file system, mounted by both hosts: not known."""
        mount = Mount("/prometheus", "/mnt/data", Storage.HOST)
        here, there = (replace(TASK, container_instance=name) for name in ("arn:1", "arn:2"))
        on = spec("/prometheus", mount)
        assert relation(lock_of(here, on), lock_of(replace(here, arn="x"), on)) is Relation.SAME
        assert relation(lock_of(here, on), lock_of(there, on)) is Relation.UNKNOWN
        assert relation(lock_of(here, on), lock_of(OTHER, spec())) is Relation.UNKNOWN
        assert not lock_of(TASK, on).determined, "its container instance is not known"

    def test_a_docker_volume_of_another_instance_is_another_volume(self) -> None:
        """Docker makes it on each host."""
        on = spec("/prometheus", Mount("/prometheus", "data", Storage.DOCKER))
        here, there = (replace(TASK, container_instance=name) for name in ("arn:1", "arn:2"))
        assert relation(lock_of(here, on), lock_of(there, on)) is Relation.DIFFERENT

    def test_a_volume_of_an_unknown_kind_is_undetermined_and_says_why(self) -> None:
        """S3 Files today, something else tomorrow."""
        found = lock_of(TASK, spec("/prometheus", Mount("/prometheus", "", Storage.UNKNOWN)))
        assert not found.determined
        assert "configuration that Unwedge does not know" in str(found)


class TestUndetermined:
    def test_what_cannot_be_worked_out_is_the_same_only_where_the_start_is(self) -> None:
        """A shell may compute the same directory from the same words."""
        shell = spec(None, path_unclear="a shell works out its data directory", launch="p:1/prometheus")
        assert compared(shell, shell) is Relation.SAME
        for other in (replace(shell, launch="p:2/prometheus"), replace(shell, launch=""), spec()):
            assert compared(shell, other) is Relation.UNKNOWN
        assert compared(replace(shell, launch=""), replace(shell, launch="")) is Relation.UNKNOWN

    def test_without_any_shared_mount_nothing_needs_to_be_known(self) -> None:
        """A stateless container cannot share a lock."""
        bare = spec(None, Mount("/tmp", "", Storage.TASK), path_unclear="its entry point may start anything")
        assert compared(bare, bare) is Relation.DIFFERENT

    def test_a_relative_path_needs_the_working_directory(self) -> None:
        """Joined where the definition names it."""
        assert not lock_of(TASK, spec("data")).determined
        assert lock_of(TASK, spec("data", working_directory="/prometheus")).directory == "/data"

    def test_an_image_that_is_known_has_its_own_directory(self) -> None:
        """A revision that only moves its configuration's mount stays on its lock."""
        plain = spec(None, image="prom/prometheus:v3.1.0")
        moved = spec(
            None, Mount("/prometheus", EFS), Mount("/etc/p", "fs-cfg:x:/"), image="prom/prometheus:v3.2.0"
        )
        assert compared(plain, moved) is Relation.SAME
        assert compared(plain, replace(moved, overrides_start=True)) is Relation.DIFFERENT
        assert not lock_of(TASK, spec(None, image="corp/metrics:7")).determined


@pytest.mark.parametrize(
    ("image", "path"),
    [
        ("prom/prometheus", "/prometheus"),
        ("quay.io/prometheus/prometheus:v2.53.5", "/prometheus"),
        ("docker.io/prom/prometheus@sha256:0123", "/prometheus"),
        ("localhost:5000/prom/prometheus:v3", "/prometheus"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/prom/prometheus:v3", "/prometheus"),
        ("public.ecr.aws/bitnami/prometheus:3", "/opt/bitnami/prometheus/data"),
        ("evil/prometheus", None),
        ("prometheus", None),
        ("", None),
    ],
)
def test_a_known_image_is_known_in_every_registry(image: str, path: str | None) -> None:
    """And a name that only looks like it is not."""
    assert default_data_path(image, overrides_start=False) == path


def test_a_read_only_mount_says_so() -> None:
    """Nothing can lock there."""
    assert lock_of(TASK, spec("/p", Mount("/p", EFS, read_only=True))).read_only
    assert isinstance(lock_of(TASK, spec()), Lock)


def test_a_volume_whose_identity_is_not_of_the_known_form_is_never_the_same_as_another() -> None:
    """A damaged record, or one of a later version: no guess, and no crash."""
    odd = spec("/prometheus", Mount("/prometheus", "fs-0abc"))
    assert compared(odd, spec()) is Relation.UNKNOWN
    assert compared(odd, odd) is Relation.SAME


class TestHost:
    """Storage of one container instance."""

    HERE = replace(TASK, container_instance="arn:1")
    BESIDE = replace(OTHER, container_instance="arn:1")

    def related(self, one: ContainerSpec, other: ContainerSpec) -> Relation:
        """Of two tasks on one instance."""
        found = relation(lock_of(self.HERE, one), lock_of(self.BESIDE, other))
        assert relation(lock_of(self.BESIDE, other), lock_of(self.HERE, one)) is found
        return found

    def test_one_directory_of_a_host_is_one_lock_whatever_part_of_the_path_is_mounted(self) -> None:
        """The one mounts the directory, the other its parent: who holds it must not pass for another."""
        whole = spec("/data/prom", Mount("/data", "/mnt/data", Storage.HOST))
        part = spec("/prometheus", Mount("/prometheus", "/mnt/data/prom/", Storage.HOST))
        assert self.related(whole, part) is Relation.SAME

    def test_two_directories_of_a_host_are_two_locks(self) -> None:
        """By the mount, or below it."""
        one = spec("/prometheus", Mount("/prometheus", "/mnt/a", Storage.HOST))
        for other in (
            spec("/prometheus", Mount("/prometheus", "/mnt/b", Storage.HOST)),
            spec("/prometheus/b", Mount("/prometheus", "/mnt/a", Storage.HOST)),
        ):
            assert self.related(one, other) is Relation.DIFFERENT

    def test_two_docker_volumes_are_two_locks(self) -> None:
        """And one is one."""
        one, other = (spec("/p", Mount("/p", name, Storage.DOCKER)) for name in ("a", "b"))
        assert self.related(one, one) is Relation.SAME
        assert self.related(one, other) is Relation.DIFFERENT

    @pytest.mark.parametrize("storage", [Storage.HOST, Storage.NETWORK])
    def test_storage_of_two_kinds_may_be_the_same_storage(self, storage: Storage) -> None:
        """Docker keeps its volumes on the host, and a driver may mount the network's file system."""
        docker = spec("/p", Mount("/p", "data", Storage.DOCKER))
        assert self.related(docker, spec("/p", Mount("/p", EFS, storage))) is Relation.UNKNOWN

    def test_without_its_instance_a_place_is_undetermined_and_says_why(self) -> None:
        """An answer that could not be read."""
        on = spec("/prometheus", Mount("/prometheus", "/mnt/data", Storage.HOST), launch="p:1/prometheus")
        assert "belongs to a container instance that is not known" in str(lock_of(TASK, on))
        assert compared(on, on) is Relation.UNKNOWN, "the instances may be two"


class TestOwnDisk:
    def test_a_disk_of_its_own_is_another_lock_than_any_other(self) -> None:
        """Of a task without a container instance, as on Fargate, too; and beside one that is not known."""
        own = spec("/scratch", Mount("/scratch", "", Storage.TASK))
        assert lock_of(TASK, own).storage is Storage.TASK
        assert lock_of(TASK, own).determined
        shell = spec(None, path_unclear="a shell works out its data directory")
        for other in (spec(), shell, own):
            assert compared(own, other) is Relation.DIFFERENT

    def test_one_shared_mount_among_others_is_enough_for_a_directory_that_is_not_known(self) -> None:
        """The data may lie on it."""
        mounts = (Mount("/tmp", "", Storage.TASK), Mount("/data", EFS))
        found = lock_of(TASK, spec(None, *mounts, path_unclear="its entry point may start anything"))
        assert found.storage is Storage.UNKNOWN
        assert "its entry point may start anything" in str(found)


class TestUnknown:
    def test_a_place_that_is_not_known_is_not_read_only(self) -> None:
        """Nothing was read that would rule the container out."""
        for found in (
            lock_of(TASK, spec(None, path_unclear="a shell")),
            lock_of(TASK, spec(None, Mount("/t", "", Storage.TASK))),
            lock_of(TASK, spec("/prometheus", Mount("/prometheus", "", Storage.UNKNOWN))),
        ):
            assert not found.read_only

    def test_two_that_start_alike_on_a_volume_of_an_unknown_kind_have_one_lock(self) -> None:
        """Whatever it is: image, command, environment and mounts are equal."""
        on = spec("/prometheus", Mount("/prometheus", "", Storage.UNKNOWN), launch="p:1/prometheus")
        assert compared(on, on) is Relation.SAME
        assert compared(on, replace(on, launch="p:2/prometheus")) is Relation.UNKNOWN

    def test_what_the_command_leaves_unclear_is_not_guessed_from_the_image(self) -> None:
        """A start script may put the data anywhere."""
        shell = spec(None, image="prom/prometheus:v3.1.0", path_unclear="a shell works it out")
        assert not lock_of(TASK, shell).determined

    def test_the_reason_names_the_program_or_else_the_image(self) -> None:
        """For whoever has to find out."""
        bare = spec(None, image="mongo:8.0", overrides_start=True)
        assert "where MongoDB then keeps it is not known" in str(lock_of(TASK, bare))
        unknown = spec(None, image="corp/metrics:7")
        assert "the image 'corp/metrics:7' is not known" in str(lock_of(TASK, unknown))


def test_a_root_directory_may_have_a_colon_in_its_name() -> None:
    """Only the first two divide."""
    one, other = (spec("/p", Mount("/p", f"fs-0abc:no-access-point:/a:{name}")) for name in ("b", "c"))
    assert compared(one, one) is Relation.SAME
    assert compared(one, other) is Relation.DIFFERENT


def test_a_mount_without_a_path_is_around_nothing() -> None:
    """A damaged definition: the data lie on the container's own disk, as far as is known."""
    assert lock_of(TASK, spec("/prometheus", Mount("", EFS))).storage is Storage.TASK
