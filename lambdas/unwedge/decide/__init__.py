"""The decision core, pure and total. From outside: `decide`, the participants, the lock signatures."""
