"""What studios rely on: names, signatures, rules and oddities, tested as a studio would."""
