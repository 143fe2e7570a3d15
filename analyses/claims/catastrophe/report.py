def measured(runs, settings):
    return {}


def sections(runs, settings):
    return []
