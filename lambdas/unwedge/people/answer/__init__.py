"""What a person answers: an approval or a rejection, a pause or its end."""
