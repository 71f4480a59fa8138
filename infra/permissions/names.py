"""Names and actions that grants speak of."""

FEED = "feed"  # the ledger's index
CONVERSATIONS = "conversation#"  # the beginning of the notifier's own keys
VERIFICATIONS = "verification#"  # and of the verifier's
POSTURES = "posture#"  # and of the auditor's
REPAIRS = "repair#"  # and of the mender's
SERVICES = "service#"  # of what acts
AUDITED_FEED, DECIDED_FEED = "posture", "decision"  # what the auditor reads of the index
DRAIN_TAG = "unwedge:drain"  # on a service that we scaled to 0
EVENT_SOURCE = "unwedge"  # of the events that we send
# What Lambda itself does in the function's name, no code of ours: poll queue and stream, and write the log.
POLLING_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
STREAMING_ACTIONS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
FINDING_STREAMS = "dynamodb:ListStreams"
LOGGING_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")
