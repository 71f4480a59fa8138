"""The CDK app: composes the stack from typed context. No AWS calls, no logic."""

import sys

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra.asset import AssetError, build_asset
from infra.settings import Settings, SettingsError
from infra.stack import UnwedgeStack

app = cdk.App()
try:
    settings = Settings.from_context(app.node.try_get_context)
    asset = build_asset()
except (SettingsError, AssetError) as error:
    sys.exit(str(error))
UnwedgeStack(app, "Unwedge", settings=settings, asset=asset)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
