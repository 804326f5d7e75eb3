"""Train, judge, store and serve many small models that check what people capture in the field."""
