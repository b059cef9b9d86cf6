"""An example to begin a syncer of your own with: it syncs nothing, and logs what it is sent."""

from .syncer import ExampleSync

__all__ = ["ExampleSync"]
