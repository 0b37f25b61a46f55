"""The replaceable models: what they must do, where they are found, and the process they run in."""
