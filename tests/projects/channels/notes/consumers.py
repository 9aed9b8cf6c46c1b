from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from notes.models import Note


class Echo(AsyncJsonWebsocketConsumer):
    """Says back to everybody what one of them says, and how many notes there are."""

    groups = ("everybody",)

    async def receive_json(self, content, **kwargs):
        message = {"type": "said", "text": content["text"], "notes": await self.keep(content)}
        await self.channel_layer.group_send("everybody", message)

    async def said(self, event):
        await self.send_json({"text": event["text"], "notes": event["notes"]})

    @database_sync_to_async
    def keep(self, content):
        Note.objects.create(text=content["text"])
        return Note.objects.count()
