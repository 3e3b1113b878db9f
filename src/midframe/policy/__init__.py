"""What is wanted when: times, steps and decisions, in exact arithmetic. Nothing here touches a network."""
