class Greeter:
    def __init__(self, word):
        self.word = word

    def greet(self, connection):
        connection.send(f"{self.word} from a worker")
