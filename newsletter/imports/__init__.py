"""Tables of addresses: `reading` makes lines of what was uploaded, `running` subscribes those who may be."""
