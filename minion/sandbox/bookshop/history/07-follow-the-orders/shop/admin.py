from django.contrib import admin

from shop.models import Book, Order, OrderLine


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "author", "price"]


class OrderLineInline(admin.TabularInline):
    model = OrderLine
    extra = 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["__str__", "customer", "placed_at", "status"]
    list_filter = ["status"]
    inlines = [OrderLineInline]
