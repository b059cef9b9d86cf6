"""The parts of `ReplyCommentHandler`, one concern each."""
