"""The rules: each looks at the facts of one service and says what is to be known, or nothing."""
