"""The models as the migrations replayed so far have made them."""
