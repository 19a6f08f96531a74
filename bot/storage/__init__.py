"""The only room that speaks SQL: tables, repositories, the unit of work, and its migrations."""
