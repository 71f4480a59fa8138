"""Message brokers."""

import re

from unwedge.decide.catalogue.entry import Entry, OnHeld
from unwedge.decide.catalogue.signature import Phrases, Signature, Trigger, bare

KAFKA = Signature(
    "Kafka",
    Trigger.UNPROVEN,
    frozenset({1}),
    Phrases(
        held=(
            bare(
                r"(?:org\.apache\.kafka|kafka)\.common\.KafkaException: Failed to acquire lock on file "
                r"\.lock in "
                r"\S{1,400}?\. A Kafka instance in another process or thread is using this directory\."
            ),
        ),
        text=re.compile(r"A Kafka instance in another process or thread is using this directory"),
        began=re.compile(r"\[\S{10} \S{12}\] INFO (?:\[\w+ id=\d+\] )?[Ss]tarting \(kafka\."),
        follows=re.compile(
            r"\[[^\]]{1,40}\] (?:ERROR|FATAL) (?:\[[^\]]{1,60}\] )?(?:Fatal error|Exiting Kafka).{0,400}"
        ),
    ),
    lines=(
        "org.apache.kafka.common.KafkaException: Failed to acquire lock on file .lock in /kafka/kafka-data. "
        "A Kafka "
        "instance in another process or thread is using this directory.",
    ),
    follows=(
        "\tat kafka.log.LogManager.$anonfun$lockLogDirs$1(LogManager.scala:243)",
        "[2023-04-12 10:40:29,900] ERROR Exiting Kafka due to fatal exception during startup. (kafka.Kafka$)",
    ),
    near_misses=(
        "[2018-12-04 15:23:21,547] ERROR Disk error while locking directory /kafka/kafka-logs "
        "(kafka.server.LogDirFailureChannel)",
        "java.nio.file.FileSystemException: /opt/kafka/data-0/logs/.lock: Invalid argument",
    ),
)

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "Kafka",
        ("apache/kafka", "bitnami/kafka", "confluentinc/cp-kafka", "wurstmeister/kafka"),
        OnHeld.EXITS,
        "wurstmeister/kafka-docker#748, bitnami/charts#16044, helm/charts#14132",
        signature=KAFKA,
        versions="1.0 to 3.4",
    ),
    Entry(
        "ActiveMQ",
        ("activemq", "activemq-classic"),
        OnHeld.WAITS,
        "activemq.apache.org, shared file system: Database … is locked by another server",
    ),
    Entry(
        "ActiveMQ Artemis",
        ("activemq-artemis",),
        OnHeld.WAITS,
        "artemis documentation, shared store: Waiting to obtain primary lock",
    ),
    Entry(
        "NATS JetStream",
        ("nats", "library/nats"),
        OnHeld.WRITES,
        "run of 2.9.10: two servers open one store; later ones refuse (nats-io/nats-server#4407)",
        versions="2.2 to 2.9",
        tags=tuple(f"2.{minor}" for minor in range(2, 10)),
        own_flags=("-sd", "--store_dir", "-store_dir"),
    ),
)
