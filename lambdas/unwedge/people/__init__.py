"""What people see (view), are told (notification) and answer (answer), in the words they have in common."""
