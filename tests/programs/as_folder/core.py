LOADED = "from the folder"


def weigh(text):
    return len(text) * 10
