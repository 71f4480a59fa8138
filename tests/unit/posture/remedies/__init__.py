"""What renders a remedy: every snippet is read by the machine that it is for."""
