"""Carets count characters, wide ones too."""
名前 = {"é": 1}
print(名前["é"] + 名前["日本"])
