"""The deployed dashboard as a page on this machine: what CloudWatch would show of the app in the emulator."""
