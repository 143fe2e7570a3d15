"""What is fast is checked to be right: the cases of `popgrad bench`, and the same work as others do it."""
