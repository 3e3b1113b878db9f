"""The restructured network as a graph of a few operations, for engines that are given graphs."""
