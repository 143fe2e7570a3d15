"""One loss, one file, found by folder: where its states come from, its signal, its rule.

An update fills a push table U[s, a], how hard it pushes ln π(a|s) up, and descends the gradient on the logits

    G[s, a] = π(a|s) Σ_b U[s, b] − U[s, a]

with U held fixed. s is a state (or a row of the policy's inputs), a an action, A how many there are; π the
policy, which stands for π(a|s) in a table of (s, a); E the episodes of an update, t a step in one, γ the
world's discount; d_t(s) the probability of being in s at step t; Q_t and V_t the expected return from step t
on and G_t the sampled one. "Over visits" is a sum over the visits of (s, a) in the update's episodes.
"""
