"""What people and the ledger decide over time: the kill switch, and the ledger, which outlives the stack."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.permissions.names import FEED

EXPIRY_ATTRIBUTE = "expires_at"


class State(Construct):
    """The DynamoDB table of incidents, decisions and claims, which stays when the stack is deleted, and the
    kill switch: a parameter that says `run`, or anything else to pause Unwedge, and that people create."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        # Only a name: a parameter of the template would get the template's value again on an update or a
        # rollback, and end a pause in the middle of an incident.
        self.switch = ssm.StringParameter.from_string_parameter_attributes(
            self, "Switch", parameter_name=f"/{cdk.Stack.of(self).stack_name}/kill-switch", simple_name=False
        )
        # Seals the dashboard's buttons.
        button_key = secretsmanager.CfnSecret(
            self,
            "ButtonKey",
            description="Seals the buttons of Unwedge's dashboard",
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                password_length=64, exclude_punctuation=True
            ),
        )
        self.button_key_arn = button_key.attr_id
        cdk.Validations.of(button_key).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions::AwsSolutions-SMG4",
                reason="A token lives for 15 minutes and names its question; RotateSecret by hand is enough.",
            )
        )
        self.ledger = dynamodb.Table(
            self,
            "Ledger",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute=EXPIRY_ATTRIBUTE,
            # Brings each recorded decision to the notifier.
            stream=dynamodb.StreamViewType.NEW_IMAGE,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            deletion_protection=True,
        )
        # Lists open incidents and decisions by time, without a scan and without the recorded situations.
        self.ledger.add_global_secondary_index(
            index_name=FEED,
            partition_key=dynamodb.Attribute(name="feed", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="at", type=dynamodb.AttributeType.STRING),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["summary"],
        )
