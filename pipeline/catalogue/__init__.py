"""The catalogue: a static site made from contracts and the record of deliveries."""
