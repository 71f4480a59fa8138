"""Programs that do not lock their data: two of them write it at once, and nothing tells.

Those with SQLite lock it for moments only, and not at all dependably on NFS (sqlite.org/useovernet.html).
"""

from unwedge.decide.catalogue.entry import Entry, OnHeld

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "Jenkins",
        ("jenkins/jenkins",),
        OnHeld.WRITES,
        "aws-samples/serverless-jenkins-on-aws-fargate#38",
        data="/var/jenkins_home",
        bare_data="/var/jenkins_home",
        variables=("JENKINS_HOME",),
    ),
    Entry(
        "Jenkins",
        ("bitnami/jenkins", "bitnamilegacy/jenkins"),
        OnHeld.WRITES,
        "aws-samples/serverless-jenkins-on-aws-fargate#38",
        variables=("JENKINS_HOME",),
    ),
    Entry(
        "Uptime Kuma",
        ("louislam/uptime-kuma",),
        OnHeld.WRITES,
        "louislam/uptime-kuma#998 (a new pod beside the old one), #1706 (single instance only), #5915 (on "
        "ECS)",
        data="/app/data",
        bare_data="/app/data",
        own_flags=("--data-dir",),
        variables=("DATA_DIR",),
    ),
    Entry(
        "Grafana with SQLite",
        ("grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise"),
        OnHeld.WRITES,
        "aws-samples/aws-cdk-grafana#3; sqlite.org/useovernet.html",
        data="/var/lib/grafana",
        bare_data="/var/lib/grafana",
        variables=("GF_PATHS_DATA",),
    ),
    Entry(
        "Grafana with SQLite",
        ("bitnami/grafana", "bitnamilegacy/grafana"),
        OnHeld.WRITES,
        "aws-samples/aws-cdk-grafana#3; sqlite.org/useovernet.html",
        variables=("GF_PATHS_DATA",),
    ),
    Entry(
        "Vaultwarden with SQLite",
        ("vaultwarden/server", "bitwardenrs/server"),
        OnHeld.WRITES,
        "dani-garcia/vaultwarden#2851 (silent corruption) and its wiki, Running without WAL enabled; "
        "sqlite.org/useovernet.html",
        data="/data",
        bare_data="/data",
        variables=("DATA_FOLDER", "DATABASE_URL"),
    ),
    Entry(
        "n8n with SQLite",
        ("n8nio/n8n", "n8n-io/n8n"),
        OnHeld.WRITES,
        "n8n documentation, SQLite by default in ~/.n8n; sqlite.org/useovernet.html",
        data="/home/node/.n8n",
        bare_data="/home/node/.n8n",
        variables=("N8N_USER_FOLDER",),
    ),
)
