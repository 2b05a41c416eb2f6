"""The identity plane: from a ministry's roster to a partner's classrooms, planned, then applied."""
