"""Which columns are personal: see `personal`, which asks the other files here."""
