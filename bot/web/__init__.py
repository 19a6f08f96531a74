"""The trainee's pages: server-rendered, both languages, working without JavaScript too."""
