"""The parts of `EntitiesGenericHandler`, one concern each."""
