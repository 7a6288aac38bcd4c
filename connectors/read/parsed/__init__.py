"""Forms that are parsed in the confined child (``connectors.confined``): what the child is asked,
and the tables read from the spool of what it sent."""
