"""Plans of Terraform and OpenTofu, as ``terraform show -json`` and ``tofu show -json`` write them."""
