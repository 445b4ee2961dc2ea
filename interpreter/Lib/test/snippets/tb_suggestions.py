"""Did you mean ...?"""
class Person:
    def __init__(self):
        self.surname = "x"


Person().surnam
