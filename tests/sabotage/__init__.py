"""The net is tested too: faults planted in the product, each of which a check must catch."""
