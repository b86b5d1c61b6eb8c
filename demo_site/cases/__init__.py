"""One page of buttons, one for each thing about signals that is worth watching."""
