"""Two real instances on one directory: what the second one prints, held against the catalogue.

`tools/get-programs.sh` fetches the programs; what is not there is skipped, and says so.
"""
