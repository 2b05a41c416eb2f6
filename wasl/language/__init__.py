"""What the planes must know of languages: Arabic folding, keys of names, tables of grades."""

from wasl.language.arabic import fold, name_key
from wasl.language.grades import Grade, GradeTable, grade_table

__all__ = ["Grade", "GradeTable", "fold", "grade_table", "name_key"]
