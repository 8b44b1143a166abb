using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Nerve.Server.Identity;
using Nerve.Server.Shared;
using Scalar.AspNetCore;

namespace Nerve.Server.Edge;

/// <summary>The OpenAPI document and a page to read and try it. Both are the same for everyone, so anyone may read them.</summary>
internal static class ApiDocument
{
    public const string ReferencePath = "/api-reference";

    private const string BySession = "session";
    private const string ByToken = "bearer";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Nerve",
                Version = "v1",
                Description = "One control plane for fleets of AI-compute machines. Errors are RFC 9457 problem details with a stable `code`.",
            };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [BySession] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Cookie,
                    Name = SessionCookie.Name,
                    Description = "The session of a person who has signed in at /web/. The browser sends it by itself: there is nothing to fill in.",
                },
                [ByToken] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "The token of a program: POST /api/v1/tokens.",
                },
            };
            document.Security = [Need(BySession), Need(ByToken)];
            return Task.CompletedTask;

            OpenApiSecurityRequirement Need(string scheme) => new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            // The converter hides the type from the generator.
            if ((Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type) == typeof(DateTimeOffset))
            {
                schema.Type = context.JsonTypeInfo.Type == typeof(DateTimeOffset) ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
                schema.Format = "date-time";
            }

            return Task.CompletedTask;
        });
        options.AddOperationTransformer(DescribeQueryEnumsAsync);
    });

    /// <summary>The generator takes what is parsed from text for any text.</summary>
    private static async Task DescribeQueryEnumsAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var described in context.Description.ParameterDescriptions)
        {
            var type = (described.ParameterDescriptor as IParameterInfoParameterDescriptor)?.ParameterInfo.ParameterType;
            type = type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
            if (type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(QueryEnum<>)
                && operation.Parameters?.FirstOrDefault(one => one.Name == described.Name) is OpenApiParameter parameter)
            {
                parameter.Schema = await context.GetOrCreateSchemaAsync(type.GetGenericArguments()[0], null, cancellationToken);
            }
        }
    }

    public static void MapApiDocument(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        routes.MapScalarApiReference(ReferencePath, options => options
            .WithTitle("Nerve API")
            .WithOpenApiRoutePattern("/openapi/{documentName}.json")
            // Whoever reads the page has mostly signed in with this browser.
            .AddPreferredSecuritySchemes(BySession)
            // Everything that would fetch from, or send to, someone else's service.
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent()
            .DisableMcp()
            .HideDeveloperTools()
            .HideClientButton()).AllowAnonymous();
    }
}
